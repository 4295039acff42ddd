"""Compliance: what electricity shows of stops and cuts, who was asked what, and the table for the authority."""

from app.api.v1.compliance import electricity, enterprises, findings, runs, thresholds

routes = (runs.routes, findings.routes, enterprises.routes, electricity.routes, thresholds.routes)
