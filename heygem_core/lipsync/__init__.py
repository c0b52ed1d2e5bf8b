"""The job: a video and an audio file in, the video whose speaker says it out. Importing loads no heavy library."""
