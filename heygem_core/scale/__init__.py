"""Many jobs: a manifest of them, warm pipelines here or on the nodes of a Ray cluster, one line per result.

manifest ──► batch ──► local: threads, each with a warm pipeline ────────┐
               │  └──► ray:   actors, each with a warm pipeline ─────────┤
               ▼                                                         ▼
          results.jsonl  ◄──────────── one record per job, by this process only
"""
