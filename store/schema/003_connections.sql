-- Schema version 3: what connections, clients and memory add: more figures, losses and drops as shares, packets dropped
-- and CPU time spent, the parts of a toll; whose a price of a run is; arrival logs.

ALTER TABLE point ADD COLUMN client_utilization_ratio REAL;
ALTER TABLE point ADD COLUMN client_utilization_low_ratio REAL;
ALTER TABLE point ADD COLUMN client_utilization_high_ratio REAL;
ALTER TABLE replication ADD COLUMN client_utilization_ratio REAL;
ALTER TABLE point ADD COLUMN driver_domain_utilization_ratio REAL;
ALTER TABLE point ADD COLUMN driver_domain_utilization_low_ratio REAL;
ALTER TABLE point ADD COLUMN driver_domain_utilization_high_ratio REAL;
ALTER TABLE replication ADD COLUMN driver_domain_utilization_ratio REAL;
ALTER TABLE point ADD COLUMN memory_peak_bytes REAL;
ALTER TABLE point ADD COLUMN memory_peak_low_bytes REAL;
ALTER TABLE point ADD COLUMN memory_peak_high_bytes REAL;
ALTER TABLE replication ADD COLUMN memory_peak_bytes REAL;
ALTER TABLE point ADD COLUMN crashed_ratio REAL;
ALTER TABLE point ADD COLUMN crashed_low_ratio REAL;
ALTER TABLE point ADD COLUMN crashed_high_ratio REAL;
ALTER TABLE replication ADD COLUMN crashed_ratio REAL;
ALTER TABLE point ADD COLUMN descriptors_peak REAL;
ALTER TABLE point ADD COLUMN descriptors_low_peak REAL;
ALTER TABLE point ADD COLUMN descriptors_high_peak REAL;
ALTER TABLE replication ADD COLUMN descriptors_peak REAL;
ALTER TABLE point ADD COLUMN ports_peak REAL;
ALTER TABLE point ADD COLUMN ports_low_peak REAL;
ALTER TABLE point ADD COLUMN ports_high_peak REAL;
ALTER TABLE replication ADD COLUMN ports_peak REAL;
ALTER TABLE replication ADD COLUMN packets_in INTEGER;
ALTER TABLE replication ADD COLUMN packets_out INTEGER;
ALTER TABLE replication ADD COLUMN interrupts INTEGER;
ALTER TABLE replication ADD COLUMN wakeups INTEGER;
ALTER TABLE replication ADD COLUMN switches INTEGER;
ALTER TABLE replication ADD COLUMN crashed_ps INTEGER;

CREATE TABLE point_loss (
  point INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  cause TEXT NOT NULL,
  lost_ratio REAL NOT NULL,
  lost_low_ratio REAL,
  lost_high_ratio REAL,
  PRIMARY KEY (point, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE point_drop (
  point INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  dropped_ratio REAL NOT NULL,
  dropped_low_ratio REAL,
  dropped_high_ratio REAL,
  PRIMARY KEY (point, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE toll_part (
  point INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  part TEXT NOT NULL,
  toll_ps REAL NOT NULL,
  toll_low_ps REAL,
  toll_high_ps REAL,
  PRIMARY KEY (point, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE packet_drop (
  replication INTEGER NOT NULL REFERENCES replication (id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  packets INTEGER NOT NULL,
  PRIMARY KEY (replication, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE cpu_spent (
  replication INTEGER NOT NULL REFERENCES replication (id) ON DELETE CASCADE,
  primitive TEXT NOT NULL,
  spent_ps INTEGER NOT NULL,
  PRIMARY KEY (replication, primitive)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival_log (
  sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
  times_ps TEXT NOT NULL CHECK (json_valid(times_ps))
) STRICT;

ALTER TABLE run ADD COLUMN arrival_log_sha256 TEXT REFERENCES arrival_log (sha256);

DROP VIEW prices;
ALTER TABLE run_price RENAME TO run_price_before;
CREATE TABLE run_price (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  belongs_to TEXT NOT NULL,
  primitive TEXT NOT NULL,
  per TEXT NOT NULL,
  mean_ns REAL,
  mean_low_ns REAL,
  mean_high_ns REAL,
  p50_ns REAL,
  p99_ns REAL,
  samples INTEGER,
  provenance TEXT NOT NULL CHECK (provenance IN ('measured', 'published', 'scaled', 'assumed', 'fitted')),
  source TEXT,
  range_low_ns REAL,
  range_high_ns REAL,
  inherited_from TEXT,
  PRIMARY KEY (run, belongs_to, primitive)
) STRICT, WITHOUT ROWID;
INSERT INTO run_price SELECT run, 'server', primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples,
       provenance, source, range_low_ns, range_high_ns, inherited_from
FROM run_price_before;
DROP TABLE run_price_before;

CREATE VIEW prices AS
SELECT run, belongs_to, primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples,
       range_low_ns, range_high_ns, provenance, source, inherited_from, NULL AS profile
FROM run_price
UNION ALL
SELECT run.id, 'profile', primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples,
       range_low_ns, range_high_ns, provenance, source, inherited_from, price.profile
FROM run JOIN price ON price.profile = run.profile_sha256
WHERE NOT EXISTS (SELECT 1 FROM run_price WHERE run_price.run = run.id AND run_price.primitive = price.primitive
                  AND run_price.belongs_to = 'server');

CREATE VIEW losses AS
SELECT curve.run, curve.technique, point.offered_per_s, point_loss.cause,
       point_loss.lost_ratio, point_loss.lost_low_ratio, point_loss.lost_high_ratio
FROM point_loss JOIN point ON point.id = point_loss.point JOIN curve ON curve.id = point.curve
ORDER BY curve.run, curve.position, point.offered_per_s, point_loss.lost_ratio DESC;

CREATE VIEW drops AS
SELECT curve.run, curve.technique, point.offered_per_s, point_drop.place,
       point_drop.dropped_ratio, point_drop.dropped_low_ratio, point_drop.dropped_high_ratio
FROM point_drop JOIN point ON point.id = point_drop.point JOIN curve ON curve.id = point.curve
ORDER BY curve.run, curve.position, point.offered_per_s, point_drop.dropped_ratio DESC;

CREATE VIEW toll_parts AS
SELECT curve.run, curve.technique, point.offered_per_s, toll_part.part,
       toll_part.toll_ps / 1e6 AS toll_us, toll_part.toll_low_ps / 1e6 AS toll_low_us,
       toll_part.toll_high_ps / 1e6 AS toll_high_us, toll_part.toll_ps / point.latency_mean_ps AS share_of_latency
FROM toll_part JOIN point ON point.id = toll_part.point JOIN curve ON curve.id = point.curve
ORDER BY curve.run, curve.position, point.offered_per_s, toll_part.part;
