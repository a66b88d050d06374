"""The views: what can stand beside the charts in place of the parameters and the epochs."""
