"""What surrounds the people and does not depend on them: days, weather, cities, stores, goods, prices."""
