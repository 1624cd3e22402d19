use super::*;
use crate::testing::documents::{docx, jpeg, pdf, xlsx, zip};

/// What a document is seen as, when it comes in steps of this length.
fn seen(bytes: &[u8], step: usize) -> Result<Kind, Refused> {
    let mut sniffer = Sniffer::default();
    for bytes in bytes.chunks(step) {
        sniffer.take(bytes)?;
    }
    sniffer.finish()
}

fn with(begin: &[u8], length: usize) -> Vec<u8> {
    [begin, &vec![0; length]].concat()
}

#[test]
fn t14_a_document_is_what_its_content_is_however_it_comes() {
    let ogg = |packet: &[u8]| [b"OggS".as_slice(), &[0; 24], packet, &[0; 64]].concat();
    let kinds: [(Kind, Vec<u8>); 15] = [
        (Kind::Jpeg, jpeg(20_000)),
        (Kind::Png, with(b"\x89PNG\r\n\x1a\n", 60)),
        (Kind::Webp, with(b"RIFF\x10\0\0\0WEBPVP8 ", 60)),
        (Kind::Heic, with(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 60)),
        (Kind::Pdf, pdf(9_000)),
        (Kind::Docx, docx()),
        (Kind::Xlsx, xlsx()),
        (Kind::Mp3, with(b"ID3\x03\0", 60)),
        (Kind::Mp3, with(b"\xFF\xFB\x90", 60)),
        (Kind::M4a, with(b"\0\0\0\x18ftypM4A \0\0\0\0", 60)),
        (Kind::Wav, with(b"RIFF\x10\0\0\0WAVEfmt ", 60)),
        (Kind::Amr, with(b"#!AMR\n", 60)),
        (Kind::Ogg, ogg(b"\x01vorbis")),
        (Kind::Ogg, ogg(b"OpusHead")),
        (Kind::Ogg, ogg(b"Speex   ")),
    ];
    for (kind, bytes) in kinds {
        for step in [1, 7, 4_096, 1 << 20] {
            assert_eq!(seen(&bytes, step), Ok(kind), "in steps of {step}");
        }
    }
}

#[test]
fn t14_what_could_run_or_show_as_a_page_is_refused_with_the_reason() {
    let content = "[Content_Types].xml";
    let refused: [(Refused, Vec<u8>); 23] = [
        (Refused::Empty, Vec::new()),
        (Refused::Kind, b"<!DOCTYPE html><html><script>alert(1)</script>".to_vec()),
        (Refused::Kind, b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x()\"/>".to_vec()),
        (Refused::Kind, b"<?xml version=\"1.0\"?><svg/>".to_vec()),
        (Refused::Kind, b"#!/bin/sh\nrm -rf /\n".to_vec()),
        (Refused::Kind, with(b"MZ\x90\0", 300)),
        (Refused::Kind, with(b"\x7FELF\x02\x01\x01", 300)),
        (Refused::Kind, b"just words".to_vec()),
        (Refused::Kind, with(b"GIF89a", 60)),
        (Refused::Kind, with(b"\0\0\0\x18ftypmp42\0\0\0\0", 60)),
        (Refused::Kind, [b"OggS".as_slice(), &[0; 24], b"\x80theora", &[0; 64]].concat()),
        (Refused::Kind, with(b"OggS", 10)),
        (Refused::OldOffice, with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 600)),
        (Refused::Archive, with(b"Rar!\x1A\x07", 60)),
        (Refused::Archive, with(b"\x1F\x8B\x08", 60)),
        (Refused::Archive, [vec![0; 257], b"ustar\0".to_vec(), vec![0; 300]].concat()),
        (Refused::Archive, zip(&["a.exe", "b.js"])),
        (Refused::Archive, zip(&[content, "ppt/presentation.xml"])),
        (Refused::Archive, zip(&["word/document.xml"])),
        (Refused::Archive, zip(&[content, "word/document.xml", "xl/workbook.xml"])),
        (Refused::Macros, zip(&[content, "word/document.xml", "word/vbaProject.bin"])),
        (Refused::Macros, zip(&[content, "xl/workbook.xml", "xl/macrosheets/sheet1.xml"])),
        (Refused::Macros, zip(&[content, "word/document.xml", "word/activeX/activeX1.bin"])),
    ];
    for (n, (why, bytes)) in refused.into_iter().enumerate() {
        for step in [1, 4_096] {
            assert_eq!(seen(&bytes, step), Err(why), "number {n} in steps of {step}");
        }
    }
}

#[test]
fn t14_an_office_file_whose_list_of_parts_can_be_read_in_two_ways_is_refused() {
    let whole = docx();
    let archive = Err(Refused::Archive);
    assert_eq!(seen(&whole[..whole.len() - 1], 999), archive, "cut off");
    assert_eq!(seen(&[&whole[..], b"more"].concat(), 999), archive, "something behind its end");
    let behind = [zip(&["evil.exe"]), whole.clone()].concat();
    assert_eq!(seen(&behind, 999), archive, "something before its beginning");
    let mut encrypted = whole.clone();
    let entry = whole.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    encrypted[entry + 8] = 1;
    assert_eq!(seen(&encrypted, 999), archive);
    // Large, with the list within what is kept of the end.
    let mut names = vec!["[Content_Types].xml", "word/document.xml"];
    names.resize(6_000, "word/media/示例图片.jpg");
    assert_eq!(seen(&zip(&names), 60_000), Ok(Kind::Docx));
    names.resize(20_000, "word/media/示例图片.jpg");
    assert_eq!(seen(&zip(&names), 60_000), archive, "a list longer than that");
}

#[test]
fn t14_a_name_that_promises_another_kind_is_refused_and_no_name_ends_like_a_programs() {
    for (kind, name, kept) in [
        (Kind::Jpeg, "现场照片.JPG", Ok("现场照片.JPG")),
        (Kind::Png, "截图.jpg", Ok("截图.jpg")),
        (Kind::Pdf, "回执", Ok("回执.pdf")),
        (Kind::Pdf, "invoice.exe", Ok("invoice.exe.pdf")),
        (Kind::Jpeg, "a.html", Ok("a.html.jpg")),
        (Kind::Docx, "报告.doc", Ok("报告.doc.docx")),
        (Kind::Docx, "报告 2026.3.1", Ok("报告 2026.3.1.docx")),
        (Kind::Mp3, "录音.wav", Ok("录音.wav")),
        (Kind::Jpeg, "合同.pdf", Err(Refused::OtherName)),
        (Kind::Pdf, "现场.jpg", Err(Refused::OtherName)),
        (Kind::Xlsx, "报告.DOCX", Err(Refused::OtherName)),
        (Kind::Docx, "录音.mp3", Err(Refused::OtherName)),
    ] {
        assert_eq!(kind.named(name), kept.map(str::to_owned), "{name}");
    }
}
