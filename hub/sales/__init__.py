"""Sales and returns as the shops finalised them: tickets, lines, tax lines, tenders."""
