"""Figures of what was gone out for: visits, care, hazards; and the lists behind them."""
