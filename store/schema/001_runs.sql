-- Schema version 1. Documented table by table in docs/store.md.
-- Simulated times are picoseconds (_ps), prices are nanoseconds (_ns); a column names its unit last. An
-- estimate is three columns, X, X_low and X_high: its value and the ends of its 95 % interval.

CREATE TABLE profile (
  sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
  name TEXT NOT NULL,
  json TEXT NOT NULL CHECK (json_valid(json)),
  host TEXT CHECK (host IS NULL OR json_valid(host))
) STRICT;

CREATE TABLE price (
  profile TEXT NOT NULL REFERENCES profile (sha256) ON DELETE CASCADE,
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
  PRIMARY KEY (profile, primitive)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'interrupted', 'failed')),
  started_utc TEXT NOT NULL,
  finished_utc TEXT,
  scenario TEXT NOT NULL CHECK (json_valid(scenario)),
  profile_sha256 TEXT REFERENCES profile (sha256),
  seed INTEGER NOT NULL,
  tool_version TEXT NOT NULL,
  git_commit TEXT,
  compiler TEXT,
  host TEXT CHECK (host IS NULL OR json_valid(host)),
  command_line TEXT
) STRICT;

CREATE TABLE curve (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  technique TEXT NOT NULL,
  title TEXT NOT NULL,
  saturation_per_s REAL,
  saturation_low_per_s REAL,
  saturation_high_per_s REAL,
  saturation_rule TEXT,
  limited_by TEXT,
  UNIQUE (run, position)
) STRICT;

CREATE TABLE point (
  id INTEGER PRIMARY KEY,
  curve INTEGER NOT NULL REFERENCES curve (id) ON DELETE CASCADE,
  offered_per_s REAL NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'interrupted', 'failed')),
  replications INTEGER NOT NULL,
  reply_per_s REAL, reply_low_per_s REAL, reply_high_per_s REAL,
  reply_stddev_per_s REAL, reply_stddev_low_per_s REAL, reply_stddev_high_per_s REAL,
  lost_ratio REAL, lost_low_ratio REAL, lost_high_ratio REAL,
  utilization_ratio REAL, utilization_low_ratio REAL, utilization_high_ratio REAL,
  latency_mean_ps REAL, latency_mean_low_ps REAL, latency_mean_high_ps REAL,
  latency_stddev_ps REAL, latency_stddev_low_ps REAL, latency_stddev_high_ps REAL,
  latency_fastest_decile_ps REAL, latency_fastest_decile_low_ps REAL, latency_fastest_decile_high_ps REAL,
  latency_p50_ps REAL, latency_p50_low_ps REAL, latency_p50_high_ps REAL,
  latency_p90_ps REAL, latency_p90_low_ps REAL, latency_p90_high_ps REAL,
  latency_p95_ps REAL, latency_p95_low_ps REAL, latency_p95_high_ps REAL,
  latency_p99_ps REAL, latency_p99_low_ps REAL, latency_p99_high_ps REAL,
  latency_p999_ps REAL, latency_p999_low_ps REAL, latency_p999_high_ps REAL,
  latency_p9999_ps REAL, latency_p9999_low_ps REAL, latency_p9999_high_ps REAL,
  latency_max_ps REAL, latency_max_low_ps REAL, latency_max_high_ps REAL,
  warmup_ps REAL, warmup_low_ps REAL, warmup_high_ps REAL,
  UNIQUE (curve, offered_per_s)
) STRICT;

CREATE TABLE toll (
  point INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  primitive TEXT NOT NULL,
  place TEXT NOT NULL,
  toll_ps REAL NOT NULL,
  toll_low_ps REAL,
  toll_high_ps REAL,
  PRIMARY KEY (point, primitive, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE replication (
  id INTEGER PRIMARY KEY,
  point INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  horizon_ps INTEGER NOT NULL,
  offered INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  replied INTEGER NOT NULL,
  still_open INTEGER NOT NULL,
  reply_per_s REAL,
  reply_stddev_per_s REAL,
  lost_ratio REAL,
  utilization_ratio REAL,
  latency_mean_ps REAL,
  latency_stddev_ps REAL,
  latency_fastest_decile_ps REAL,
  latency_p50_ps REAL,
  latency_p90_ps REAL,
  latency_p95_ps REAL,
  latency_p99_ps REAL,
  latency_p999_ps REAL,
  latency_p9999_ps REAL,
  latency_max_ps REAL,
  warmup_ps REAL,
  histogram BLOB,
  digest TEXT,
  UNIQUE (point, number)
) STRICT;

CREATE TABLE loss (
  replication INTEGER NOT NULL REFERENCES replication (id) ON DELETE CASCADE,
  cause TEXT NOT NULL,
  requests INTEGER NOT NULL,
  PRIMARY KEY (replication, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE cpu_time (
  replication INTEGER NOT NULL REFERENCES replication (id) ON DELETE CASCADE,
  class TEXT NOT NULL,
  core INTEGER NOT NULL,
  busy_ps INTEGER NOT NULL,
  PRIMARY KEY (replication, class, core)
) STRICT, WITHOUT ROWID;

CREATE TABLE replication_toll (
  replication INTEGER NOT NULL REFERENCES replication (id) ON DELETE CASCADE,
  primitive TEXT NOT NULL,
  place TEXT NOT NULL,
  toll_ps REAL NOT NULL,
  PRIMARY KEY (replication, primitive, place)
) STRICT, WITHOUT ROWID;

CREATE VIEW saturation AS
SELECT run.id AS run, run.title AS run_title, curve.technique, curve.title,
       curve.saturation_per_s, curve.saturation_low_per_s, curve.saturation_high_per_s,
       curve.limited_by, curve.saturation_rule, run.status
FROM curve JOIN run ON run.id = curve.run
ORDER BY run.id, curve.position;

CREATE VIEW curve_points AS
SELECT curve.run, curve.technique, point.offered_per_s,
       point.reply_per_s, point.reply_low_per_s, point.reply_high_per_s,
       point.reply_per_s >= 0.98 * point.offered_per_s AS sustained,
       point.lost_ratio, point.utilization_ratio,
       point.latency_mean_ps / 1e6 AS latency_mean_us,
       point.latency_mean_low_ps / 1e6 AS latency_mean_low_us,
       point.latency_mean_high_ps / 1e6 AS latency_mean_high_us,
       point.latency_p50_ps / 1e6 AS latency_p50_us,
       point.latency_p50_low_ps / 1e6 AS latency_p50_low_us,
       point.latency_p50_high_ps / 1e6 AS latency_p50_high_us,
       point.latency_p99_ps / 1e6 AS latency_p99_us,
       point.latency_p99_low_ps / 1e6 AS latency_p99_low_us,
       point.latency_p99_high_ps / 1e6 AS latency_p99_high_us,
       point.replications, point.status
FROM point JOIN curve ON curve.id = point.curve
ORDER BY curve.run, curve.position, point.offered_per_s;

CREATE VIEW tolls AS
SELECT curve.run, curve.technique, point.offered_per_s, toll.primitive, toll.place,
       toll.toll_ps / 1e6 AS toll_us, toll.toll_low_ps / 1e6 AS toll_low_us, toll.toll_high_ps / 1e6 AS toll_high_us,
       toll.toll_ps / point.latency_mean_ps AS share_of_latency
FROM toll JOIN point ON point.id = toll.point JOIN curve ON curve.id = point.curve
ORDER BY curve.run, curve.position, point.offered_per_s, toll.toll_ps DESC;
