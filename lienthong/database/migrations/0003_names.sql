-- SQL twins of kernel/names.py and the Vietnamese order of names. IMMUTABLE: fit for indexes and generated columns.
-- Reads and writes: no table. They rest on a database whose lower() knows more letters than A to Z.
DO $$
BEGIN
    IF lower('ĐẶNG THỊ ƯNG') <> 'đặng thị ưng' THEN
        RAISE EXCEPTION 'lower() does not know Vietnamese letters: create the database with a UTF-8 locale';
    END IF;
END $$;

-- As registered: NFC, Eth as Đ, one kind of apostrophe, single blanks (those that Unicode and Python call blanks).
-- The keys below lower what is decomposed already: then each letter but đ is an ASCII letter and its marks.
CREATE FUNCTION name_stored_form(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        translate(normalize(name, NFC),
            E'Ðð’‘`ʼ\t\n\x0B\f\r\x1C\x1D\x1E\x1F\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006'
            || E'\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000',
            'Đđ''''''''' || repeat(' ', 28)),
        ' {2,}', ' ', 'g'))
$$;

-- One syllable: tone marks off the vowels and to the end as sorted digits (1 huyền, 2 hỏi, 3 ngã, 4 sắc, 5 nặng).
CREATE FUNCTION name_tone_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(
        normalize(translate(part, U&'\0300\0309\0303\0301\0323', ''), NFC)
            || repeat('1', length(part) - length(replace(part, U&'\0300', '')))
            || repeat('2', length(part) - length(replace(part, U&'\0309', '')))
            || repeat('3', length(part) - length(replace(part, U&'\0303', '')))
            || repeat('4', length(part) - length(replace(part, U&'\0301', '')))
            || repeat('5', length(part) - length(replace(part, U&'\0323', ''))),
        ' ' ORDER BY place), '')
    FROM unnest(string_to_array(
        lower(normalize(name_stored_form(name), NFD)), ' '))
        WITH ORDINALITY AS syllable (part, place)
$$;

CREATE FUNCTION name_fold_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(normalize(regexp_replace(
        lower(normalize(name_stored_form(name), NFD)),
        U&'[\0300-\036F]', '', 'g'), NFC), 'đ', 'd')
$$;

-- ORDER BY vi_key(x) COLLATE "C" is the order of Vietnamese dictionaries, without ICU: letters first
-- (a ă â b … d đ e ê … o ô ơ … u ư), then tones (none, huyền, hỏi, ngã, sắc, nặng).
CREATE FUNCTION vi_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(replace(replace(
        translate(plain,
            'àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ',
            'aaaaaăăăăăâââââeeeeeêêêêêiiiiioooooôôôôôơơơơơuuuuuưưưưưyyyyy'),
        'ă', 'a{'), 'â', 'a|'), 'đ', 'd{'), 'ê', 'e{'), 'ô', 'o{'), 'ơ', 'o|'), 'ư', 'u{')
        || E'\x01'
        || regexp_replace(
            translate(plain,
                '12345àằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ',
                '00000111111111111222222222222333333333333444444444444555555555555'),
            '[^1-5]', '0', 'g')
    FROM (SELECT lower(normalize(name, NFC)) AS plain) AS lowered
$$;
