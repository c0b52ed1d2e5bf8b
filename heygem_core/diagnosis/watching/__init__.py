"""Looking at a running foreign process tree from outside: what it does, who waits for whom, who is to blame.

    family (which processes) -> look (a window of samples: kernel, stacks) -> graph (who waits for whom)
    -> faults and judge (whom to blame, why) -> report

Nothing here writes to the target, signals it or stops it: /proc is read, and py-spy reads its memory without
pausing it. What cannot be read is said, and less is concluded.
"""
