UPDATE draw SET total = substr(total, 1, 8);
