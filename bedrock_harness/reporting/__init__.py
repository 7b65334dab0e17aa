"""Reports: consumers of the one stream of results. This room sees verdicts and nothing else."""
