"""Points (为爱积分): earned by deeds, spent on goods, disputed before the panel.

Double entry in whole points. docs/points.md says the rules to people.
"""
