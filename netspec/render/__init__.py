"""Records to text: findings, reports and the manual for people, and the formats that other programs read."""
