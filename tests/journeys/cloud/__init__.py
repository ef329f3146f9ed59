"""The cloud profile as a deployment runs it: the real command line and real processes on real servers."""
