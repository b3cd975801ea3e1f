-- The tag keys under which an event has several values become terms of it (kind 12). Two values of one key are then looked
-- for together in the few events that can have both, not in all that have either: Environment~Prod and Environment~Dev.
INSERT INTO term (account_id, kind, value)
    SELECT DISTINCT event.account_id, 12, tag.key
    FROM event, json_each(event.record, '$.tags') AS tag
    WHERE event.chunk IS NOT NULL AND json_array_length(tag.value) > 1;

INSERT INTO posting (term, chunk, bits)
    SELECT term.id, event.chunk, bit_at(event.slot)
    FROM event, json_each(event.record, '$.tags') AS tag
    JOIN term ON term.account_id = event.account_id AND term.kind = 12 AND term.value = tag.key
    WHERE event.chunk IS NOT NULL AND json_array_length(tag.value) > 1
    ON CONFLICT (term, chunk) DO UPDATE SET bits = bits_or(bits, excluded.bits);
