"""Metrics from Prometheus, or whatever else has its query API: Mimir, Thanos, VictoriaMetrics.

What is asked stands in templates, since everybody names metrics in their own way; which of them are asked for, and over
which time, is put in here, and no label can become more of a query than the label that it is.
"""
