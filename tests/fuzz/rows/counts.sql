DELETE FROM measure WHERE position > 3; DELETE FROM people; INSERT INTO draw SELECT draw + 4000000000, parameters, total, variance, difference_variance, covariance, by_year, seconds FROM draw;
