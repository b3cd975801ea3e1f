-- Events that have several values of a tag key get a term for it (several.py). `marked` counts the account's notices that were
-- written together with such terms: a Milepost of the version before counts on in `noticed` alone, and as long as the two
-- differ nobody searches by that term.
ALTER TABLE account ADD COLUMN marked bigint NOT NULL DEFAULT 0;
