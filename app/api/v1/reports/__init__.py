"""Reports: daily execution, monthly implementation, electricity, season summary, reduction totals, one plant's plan."""

from app.api.v1.reports import daily, electricity, monthly, plants, reductions, winters

routes = (daily.routes, monthly.routes, electricity.routes, winters.routes, reductions.routes, plants.routes)
