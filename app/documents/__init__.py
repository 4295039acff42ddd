"""Things with a life outside the service: policy packs, traces, events, spreadsheets."""
