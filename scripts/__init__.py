"""The operator's verbs: serve, import, rebuild, export, measure."""
