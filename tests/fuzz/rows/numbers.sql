UPDATE draw SET total = zeroblob(length(total)), variance = CAST(replace(hex(variance), '0', 'F') AS BLOB); UPDATE scenario SET value = 9e999 WHERE key <> 'title';
