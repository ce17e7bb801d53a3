"""What people do on a day. Every random number is drawn by person and day, so worlds can be rerun and
compared.
"""
