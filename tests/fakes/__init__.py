"""Stand-ins and makers of realistic input that many tests share."""
