-- Schema version 4: the response time, and the reply rate as a load generator samples it.

ALTER TABLE point ADD COLUMN response_mean_ps REAL;
ALTER TABLE point ADD COLUMN response_mean_low_ps REAL;
ALTER TABLE point ADD COLUMN response_mean_high_ps REAL;
ALTER TABLE replication ADD COLUMN response_mean_ps REAL;
ALTER TABLE point ADD COLUMN reply_sampled_per_s REAL;
ALTER TABLE point ADD COLUMN reply_sampled_low_per_s REAL;
ALTER TABLE point ADD COLUMN reply_sampled_high_per_s REAL;
ALTER TABLE replication ADD COLUMN reply_sampled_per_s REAL;
