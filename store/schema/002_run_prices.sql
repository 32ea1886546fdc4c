-- Schema version 2: prices of a run's own; the range of an assumed price apart from the interval of a mean; and
-- whose price it was.

ALTER TABLE price ADD COLUMN range_low_ns REAL;
ALTER TABLE price ADD COLUMN range_high_ns REAL;
ALTER TABLE price ADD COLUMN inherited_from TEXT;
UPDATE price SET range_low_ns = mean_low_ns, range_high_ns = mean_high_ns, mean_low_ns = NULL, mean_high_ns = NULL
WHERE provenance = 'assumed';

CREATE TABLE run_price (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
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
  PRIMARY KEY (run, primitive)
) STRICT, WITHOUT ROWID;

CREATE VIEW prices AS
SELECT run, primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples,
       range_low_ns, range_high_ns, provenance, source, inherited_from, NULL AS profile
FROM run_price
UNION ALL
SELECT run.id, primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples,
       range_low_ns, range_high_ns, provenance, source, inherited_from, price.profile
FROM run JOIN price ON price.profile = run.profile_sha256
WHERE NOT EXISTS (SELECT 1 FROM run_price WHERE run_price.run = run.id AND run_price.primitive = price.primitive);
