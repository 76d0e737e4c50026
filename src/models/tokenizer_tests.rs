//! Sentences as people write them, and as they paste them.

use super::*;

fn encode(sentence: &str) -> Result<Tokens, SentenceError> {
    Tokenizer::embedded().encode(sentence)
}

#[test]
fn a_plain_sentence_has_its_known_tokens_and_spans() {
    let sentence = "The animal didn't cross the street because it was too tired.";
    let tokens = encode(sentence).unwrap();
    assert_eq!(
        tokens.texts.join(" "),
        "[CLS] the animal didn ' t cross the street because it was too tired . [SEP]"
    );
    assert_eq!((tokens.ids[0], tokens.ids[1], tokens.ids[15]), (101, 1996, 102));
    assert_eq!(tokens.type_ids, [0; 16]);
    assert_eq!((tokens.unknown, &tokens.cut), (0, &None));
    assert_eq!(&sentence[tokens.spans[2].clone()], "animal");
    assert!(tokens.spans[0].is_empty() && tokens.spans[15].is_empty());
}

#[test]
fn an_empty_sentence_is_an_error_and_a_special_token_alone_is_not() {
    for empty in ["", "   ", "\n\t", "\u{0}\u{7}\u{200b}"] {
        let error = encode(empty).unwrap_err();
        assert!(matches!(error, SentenceError::Empty), "{empty:?}: {error}");
    }
    assert_eq!(encode("[MASK]").unwrap().ids, [101, 103, 102]);
    assert_eq!(encode("\u{7}cat\u{0}").unwrap().texts, ["[CLS]", "cat", "[SEP]"]);
}

#[test]
fn five_thousand_words_are_cut_where_it_says() {
    let text = "word ".repeat(5000);
    let tokens = encode(&text).unwrap();
    assert_eq!(tokens.ids.len(), MAX_TOKENS);
    for len in [tokens.texts.len(), tokens.type_ids.len(), tokens.spans.len()] {
        assert_eq!(len, MAX_TOKENS);
    }
    assert_eq!(tokens.texts[511], "[SEP]");
    let cut = tokens.cut.unwrap();
    assert_eq!((cut.tokens, cut.limit, cut.more), (5002, 512, false));
    assert_eq!(cut.kept_bytes, 510 * 5 - 1);
    assert_eq!(
        cut.to_string(),
        "the sentence has 5002 tokens, the first 512 are read: it is cut after \"word\""
    );
}

#[test]
fn the_limit_is_the_callers_and_never_below_three() {
    let tokenizer = Tokenizer::embedded();
    let six = tokenizer.encode_within("one two three four", 6).unwrap();
    assert_eq!((six.ids.len(), six.cut), (6, None));
    let five = tokenizer.encode_within("one two three four", 5).unwrap();
    assert_eq!(five.texts, ["[CLS]", "one", "two", "three", "[SEP]"]);
    assert_eq!(five.cut.unwrap().last, "three");
    for tiny in [0, 1, 2, 3] {
        let three = tokenizer.encode_within("one two", tiny).unwrap();
        assert_eq!(three.texts, ["[CLS]", "one", "[SEP]"]);
    }
}

#[test]
fn every_script_is_accepted() {
    for (sentence, unknown) in [
        ("你好，世界。", true),
        ("مرحبا بالعالم", false),
        ("Привет, мир!", false),
        ("שלום עולם", false),
        ("नमस्ते दुनिया", false),
        ("🐈‍⬛ 🎉", true),
        ("e\u{301}té naïve", false),
    ] {
        let tokens = encode(sentence).unwrap();
        assert!(tokens.ids.len() > 2, "{sentence}");
        assert_eq!(tokens.unknown > 0, unknown, "{sentence}: {:?}", tokens.texts);
        for span in &tokens.spans {
            assert!(sentence.get(span.clone()).is_some(), "{sentence}: {span:?}");
        }
    }
    assert_eq!(encode("Café naïve").unwrap().texts, ["[CLS]", "cafe", "naive", "[SEP]"]);
}

#[test]
fn a_pasted_book_and_one_endless_word_are_read_in_part() {
    let book = "é ".repeat(MAX_TEXT_BYTES);
    let cut = encode(&book).unwrap().cut.unwrap();
    assert!(cut.more && cut.to_string().contains("more than"), "{cut}");
    let endless = encode(&"a".repeat(MAX_TEXT_BYTES * 2)).unwrap();
    assert_eq!((endless.ids.len(), endless.unknown), (3, 1));
}

#[test]
fn files_that_are_no_tokenizer_are_refused_in_a_sentence() {
    for bad in [&b""[..], b"{}", b"[1, 2", b"\xff\xfe", b"{\"model\": 3}"] {
        let error = Tokenizer::from_bytes("rules.json", bad).unwrap_err().to_string();
        assert!(error.ends_with("rules.json") && !error.contains('\n'), "{error}");
    }
    assert!(Tokenizer::open("absent.json").is_err());
}

#[test]
fn byte_pairs_are_merged_and_shown_as_text() {
    let bytes = ["<s>", "<pad>", "</s>", "<unk>", "c", "a", "t", "Ġ", "at", "cat", "Ġcat", "Ã", "©"];
    let pieces: HashMap<&str, usize> = bytes.into_iter().enumerate().map(|(id, piece)| (piece, id)).collect();
    let pieces = serde_json::to_string(&pieces).unwrap();
    let merges = "#version: 0.2\na t\nc at\nĠ cat\n";
    let tokenizer = Tokenizer::from_merges("vocab.json", &pieces, merges).unwrap();
    let tokens = tokenizer.encode("cat caté").unwrap();
    assert_eq!(tokens.texts, ["<s>", "cat", "Ġcat", "<C3>", "<A9>", "</s>"]);
    assert_eq!(tokens.ids, [0, 9, 10, 11, 12, 2]);
    // Of the four pieces of "cat cat", one is kept.
    assert_eq!(tokenizer.encode_within("cat cat", 3).unwrap().cut.unwrap().last, "cat");
    for (pieces, merges) in [("{", ""), ("{\"<s>\": 0}", ""), (&*pieces, "a"), (&*pieces, "x y")] {
        let error = Tokenizer::from_merges("vocab.json", pieces, merges).unwrap_err().to_string();
        assert!(error.ends_with("vocab.json") && !error.contains('\n'), "{error}");
    }
}
