-- A database as the first release wrote it (sqlite3 .dump), for the test that it goes on.
CREATE TABLE seaql_migrations ( "version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL );
INSERT INTO seaql_migrations VALUES('m0001_meetings',1764000000);
CREATE TABLE meetings ( "id" varchar(64) NOT NULL PRIMARY KEY, "title" text NOT NULL, "codec" varchar(16) NOT NULL, "state" varchar(16) NOT NULL, "created_ms" bigint NOT NULL );
INSERT INTO meetings VALUES('demo','全省防汛工作视频会议','h264','planned',1764000000000);
CREATE TABLE stages ( "meeting_id" varchar(64) NOT NULL PRIMARY KEY, "stage" text NOT NULL, "changed_ms" bigint NOT NULL, FOREIGN KEY ("meeting_id") REFERENCES "meetings" ("id") ON DELETE CASCADE );
INSERT INTO stages VALUES('demo','{"on_air":"province","heard":"all"}',1764000000000);
