"""What the reports claim, tried out: one module per claim, run in the topology that the reports describe."""
