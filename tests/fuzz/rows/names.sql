UPDATE strategy SET name = '', title = NULL, comparator = 0; UPDATE people SET year_index = 99, group_by = 'imd', label = '-1' WHERE position = 0;
