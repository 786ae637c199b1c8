"""Care plans (关爱计划) over HTTP."""
