"""What the retailer does to be bought from: campaigns, offers, ads, and to whom they go."""
