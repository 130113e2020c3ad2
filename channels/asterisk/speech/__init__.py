"""What a waiting caller is told, in Russian and English, and when."""
