"""Points (为爱积分) over HTTP: accounts, claims, attendance, orders, stock, rules, replays, the panel."""
