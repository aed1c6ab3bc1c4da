//! Tables as files: CSV and XLSX as spreadsheet programs here write and read them, as rows of text.
//!
//! Everything about a file that somebody brings has an end: its bytes, what it unpacks to, its rows, its columns and what is in
//! one cell. A cell is text; formulas are never written, and of one that is read only what it last showed counts.

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, open_workbook_from_rs};
use encoding_rs::{Encoding, GB18030, UTF_8};
use rust_xlsxwriter::{Format, Workbook};
use std::io::{Cursor, Read as _};

/// Most bytes of a file: far more than the table of a county needs.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Most bytes that all of a workbook unpacks to.
const UNPACKED_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most files in a workbook.
const PARTS_MAX: usize = 200;

/// Most rows of a table, its head among them.
pub const ROWS_MAX: u32 = 5000;

/// Most columns.
pub const COLUMNS_MAX: usize = 40;

/// Most characters of one cell.
pub const CELL_CHARS_MAX: usize = 500;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// A workbook.
    Xlsx,
    /// Text with commas, UTF-8 with a mark that spreadsheet programs know.
    Csv,
}

/// Why a file is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It is no text in an encoding that is known, and no workbook.
    #[error("it is neither text nor a workbook")]
    Unknown,
    /// It is a workbook of the old kind, or one with a password.
    #[error("it is an old or locked workbook")]
    OldWorkbook,
    /// It is a workbook and damaged.
    #[error("the workbook is damaged")]
    Damaged,
    /// It unpacks to more than [`UNPACKED_BYTES_MAX`], or has more than [`PARTS_MAX`] parts.
    #[error("the workbook is too large when unpacked")]
    Unpacks,
    /// It has more than [`ROWS_MAX`] rows.
    #[error("it has too many rows")]
    Rows,
    /// A row has more than [`COLUMNS_MAX`] columns.
    #[error("line {0} has too many columns")]
    Columns(u32),
    /// A cell has more than [`CELL_CHARS_MAX`] characters.
    #[error("a cell of line {0} is too long")]
    Cell(u32),
    /// A cell shows an error instead of a value.
    #[error("a cell of line {0} has an error of its formula")]
    Formula(u32),
}

/// Rows with their numbers in the file, from 1.
pub(super) type Rows = Vec<(u32, Vec<String>)>;

/// The rows of a file, whatever it is.
pub(super) fn read(file: &[u8]) -> Result<Rows, FileFault> {
    match file {
        [b'P', b'K', 3, 4, ..] => workbook(file),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(FileFault::OldWorkbook),
        _ => csv_rows(&text(file)?),
    }
}

/// The text of a file: by its mark, else UTF-8, else GB 18030, in which spreadsheet programs here save.
fn text(file: &[u8]) -> Result<String, FileFault> {
    if let Some((encoding, mark)) = Encoding::for_bom(file) {
        return decoded(encoding, &file[mark..]);
    }
    decoded(UTF_8, file).or_else(|_| decoded(GB18030, file))
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, FileFault> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(FileFault::Unknown)?;
    // A picture or a program is text to GB 18030 too, but not what anybody typed.
    let typed = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    if text.chars().all(typed) { Ok(text.into_owned()) } else { Err(FileFault::Unknown) }
}

fn csv_rows(text: &str) -> Result<Rows, FileFault> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let apart = [b',', b'\t', b';'].into_iter().find(|apart| first.contains(char::from(*apart))).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(apart).from_reader(text.as_bytes());
    let mut rows = Rows::new();
    // The reader says where a record's blank lines begin; people count from where they see its text.
    let (mut at, mut number) = (0, 1_u32);
    for record in reader.records() {
        let record = record.map_err(|_| FileFault::Unknown)?;
        let byte = record.position().map_or(0, csv::Position::byte);
        let said = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
        let blank = text.as_bytes()[said..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begins = (said + blank).max(at);
        let passed = text.as_bytes()[at..begins].iter().filter(|byte| **byte == b'\n').count();
        number = number.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        at = begins;
        // The apostrophe that keeps a spreadsheet program from calculating.
        let cells = record.iter().map(|cell| match cell.strip_prefix('\'') {
            Some(bare) if is_formula(bare) => bare.to_owned(),
            _ => cell.to_owned(),
        });
        rows.push((number, cells.collect()));
        if rows.len() > ROWS_MAX as usize {
            return Err(FileFault::Rows);
        }
        bounded(number, &rows[rows.len() - 1].1)?;
    }
    Ok(rows)
}

fn bounded(number: u32, cells: &[String]) -> Result<(), FileFault> {
    if cells.len() > COLUMNS_MAX {
        return Err(FileFault::Columns(number));
    }
    let long = cells.iter().any(|cell| cell.chars().count() > CELL_CHARS_MAX);
    if long { Err(FileFault::Cell(number)) } else { Ok(()) }
}

/// The rows of a workbook's first sheet that is shown.
fn workbook(file: &[u8]) -> Result<Rows, FileFault> {
    expect_bounded(file)?;
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file)).map_err(|_| FileFault::Damaged)?;
    let shown = book.sheets_metadata().iter().find(|sheet| sheet.visible == SheetVisible::Visible);
    let name = shown.map(|sheet| sheet.name.clone()).ok_or(FileFault::Damaged)?;
    // Cell by cell: a sheet that says it reaches to its last corner would be a table of milliards otherwise.
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| FileFault::Damaged)?;
    let mut rows = Rows::new();
    while let Some(cell) = cells.next_cell().map_err(|_| FileFault::Damaged)? {
        let (row, column) = cell.get_position();
        let value = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.trim().to_owned(),
            DataRef::SharedString(text) => text.trim().to_owned(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number.to_string(),
            DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
            DataRef::DateTime(moment) => moment.as_f64().to_string(),
            DataRef::Error(_) => return Err(FileFault::Formula(row.saturating_add(1))),
        };
        if value.is_empty() {
            continue;
        }
        let (number, column) = (row.saturating_add(1), column as usize);
        if number > ROWS_MAX {
            return Err(FileFault::Rows);
        }
        if column >= COLUMNS_MAX {
            return Err(FileFault::Columns(number));
        }
        if rows.last().is_none_or(|(last, _)| *last < number) {
            rows.push((number, Vec::new()));
        }
        let Some((last, cells)) = rows.last_mut() else { continue };
        if *last != number {
            return Err(FileFault::Damaged);
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = value;
        bounded(number, cells)?;
    }
    Ok(rows)
}

/// Unpacks all of it once, into nothing, so that it is known to have an end: what a part says of its own length may be a lie.
fn expect_bounded(file: &[u8]) -> Result<(), FileFault> {
    let mut parts = zip::ZipArchive::new(Cursor::new(file)).map_err(|_| FileFault::Damaged)?;
    if parts.len() > PARTS_MAX {
        return Err(FileFault::Unpacks);
    }
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(|_| FileFault::Damaged)?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|_| FileFault::Damaged)?;
        left = left.checked_sub(unpacked).ok_or(FileFault::Unpacks)?;
    }
    Ok(())
}

/// A file with these rows, the first of them its heads.
///
/// # Panics
/// Never: a list of a county fits into a workbook and into memory.
pub(super) fn write(rows: &[Vec<String>], format: TableFormat) -> Vec<u8> {
    match format {
        TableFormat::Csv => {
            let mut builder = csv::WriterBuilder::new();
            builder.flexible(true).terminator(csv::Terminator::CRLF);
            let mut writer = builder.from_writer("\u{feff}".as_bytes().to_vec());
            for row in rows {
                writer.write_record(row.iter().map(|cell| guarded(cell))).expect("memory takes what is written");
            }
            writer.into_inner().expect("memory takes what is written")
        }
        TableFormat::Xlsx => written_workbook(rows).expect("a list fits into a workbook"),
    }
}

fn written_workbook(rows: &[Vec<String>]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    // Cells stay text when somebody types into them: 0012 is a log-in name, not twelve.
    let (plain, head) = (Format::new().set_num_format("@"), Format::new().set_bold().set_num_format("@"));
    let columns = rows.first().map_or(0, Vec::len);
    for column in 0..u16::try_from(columns).unwrap_or(u16::MAX) {
        sheet.set_column_format(column, &plain)?.set_column_width(column, 20)?;
    }
    for (at, row) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(row) {
            sheet.write_string_with_format(at, column, cell, if at == 0 { &head } else { &plain })?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// A cell that no spreadsheet program calculates.
fn guarded(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn rows(of: &[&[&str]]) -> Vec<Vec<String>> {
        of.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    fn cells(file: &[u8]) -> Vec<Vec<String>> {
        read(file).unwrap().into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_calculates_nothing() {
        let table = rows(&[&["账号", "姓名"], &["0012", "=1+1"], &["@x", "a,\"b\"\n第二行"], &["-5", "'引号"]]);
        for format in [TableFormat::Csv, TableFormat::Xlsx] {
            assert_eq!(cells(&write(&table, format)), table, "{format:?}");
        }
        let csv = String::from_utf8(write(&table, TableFormat::Csv)).unwrap();
        assert!(csv.starts_with("\u{feff}账号,姓名\r\n0012,'=1+1\r\n'@x,"), "{csv}");
        let mut book = zip::ZipArchive::new(Cursor::new(write(&table, TableFormat::Xlsx))).unwrap();
        let mut sheet = String::new();
        book.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert!(!sheet.contains("<f>") && sheet.contains("t=\"s\""), "{sheet}");
    }

    #[test]
    fn text_is_read_in_whatever_a_spreadsheet_program_saves() {
        let text = "账号,姓名\r\nli,李军\r\n\r\nwang,\"王,秀兰\"\r\n";
        let expect = rows(&[&["账号", "姓名"], &["li", "李军"], &["wang", "王,秀兰"]]);
        let (gb, _, _) = GB18030.encode(text);
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for (name, bytes) in [("utf-8", text.as_bytes()), ("mark", &marked), ("gb", &gb), ("utf-16", &utf16)] {
            assert_eq!(cells(bytes), expect, "{name}");
        }
        for apart in ["\t", ";"] {
            assert_eq!(cells("账号,姓名\nli,李军".replace(',', apart).as_bytes()), expect[..2], "{apart:?}");
        }
        // The number is the line's in the file, as an editor shows it.
        let numbers: Vec<u32> = read(text.as_bytes()).unwrap().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 4]);
        for bad in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"\xff\xff\xff\xff", b"a\0b"] {
            assert_eq!(read(bad), Err(FileFault::Unknown), "{bad:?}");
        }
    }

    #[test]
    fn a_file_has_an_end() {
        let long = format!("账号\n{}", "字".repeat(CELL_CHARS_MAX + 1));
        assert_eq!(read(long.as_bytes()), Err(FileFault::Cell(2)));
        assert_eq!(read(",".repeat(COLUMNS_MAX).as_bytes()), Err(FileFault::Columns(1)));
        assert_eq!(read("a\n".repeat(ROWS_MAX as usize + 1).as_bytes()), Err(FileFault::Rows));
        let deep = write(&vec![vec!["a".to_owned()]; ROWS_MAX as usize + 1], TableFormat::Xlsx);
        assert_eq!(read(&deep), Err(FileFault::Rows));
        assert_eq!(
            read(&write(&[vec!["a".to_owned(); COLUMNS_MAX + 1]], TableFormat::Xlsx)),
            Err(FileFault::Columns(1))
        );
    }

    fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_that_is_a_bomb_or_damaged_is_refused() {
        let zeroes = vec![b' '; usize::try_from(UNPACKED_BYTES_MAX).unwrap() + 1];
        let bomb = packed(&[("xl/sharedStrings.xml", &zeroes)]);
        assert!(bomb.len() < FILE_BYTES_MAX, "{}", bomb.len());
        assert_eq!(read(&bomb), Err(FileFault::Unpacks));
        let names: Vec<String> = (0..=PARTS_MAX).map(|n| format!("{n}.xml")).collect();
        let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(read(&packed(&parts)), Err(FileFault::Unpacks));
        assert_eq!(read(&packed(&[("word/document.xml", b"<x/>")])), Err(FileFault::Damaged));
        assert_eq!(read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Err(FileFault::OldWorkbook));
        // Every cut of a good one, and every byte of its beginning and end changed: refused or read, never more.
        let good = write(&rows(&[&["账号"], &["li"]]), TableFormat::Xlsx);
        for at in (0..good.len()).step_by(97) {
            let _ = read(&good[..at]);
            let mut changed = good.clone();
            changed[at] ^= 0x55;
            let _ = read(&changed);
        }
        assert!(read(&good[..good.len() / 2]).is_err());
    }

    #[test]
    fn a_sheet_that_says_it_is_endless_costs_nothing() {
        let book = foreign_book(
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>账号</t></is></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>",
        );
        assert_eq!(read(&book), Err(FileFault::Rows));
        let book = foreign_book(
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>账号</t></is></c><c r=\"XFD1\"><v>1</v></c></row>",
        );
        assert_eq!(read(&book), Err(FileFault::Columns(1)));
        let book = foreign_book(
            "<row r=\"1\"><c r=\"A1\"><f>1+1</f><v>2</v></c><c r=\"B1\" t=\"b\"><v>1</v></c><c r=\"C1\"><v>1.5</v></c></row>",
        );
        assert_eq!(cells(&book), [["2", "是", "1.5"]]);
        let book = foreign_book("<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#REF!</v></c></row>");
        assert_eq!(read(&book), Err(FileFault::Formula(1)));
    }

    /// A workbook as another program may write it, with these rows.
    fn foreign_book(rows: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006";
        let book = format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"名单\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        );
        let rels = format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
        );
        let types = format!("<Types xmlns=\"{package}/content-types\"/>");
        let sheet = format!(
            "<worksheet xmlns=\"{main}\"><dimension ref=\"A1:XFD1048576\"/><sheetData>{rows}</sheetData></worksheet>"
        );
        packed(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }
}
