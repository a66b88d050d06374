"""The views that can be shown beside the charts, instead of the parameters and the epochs."""
