//! Tables that go on over pages, their heads on each.

use super::sheet::{MM, Sheets, Style};

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) head: String,
    /// In millimetres.
    pub(super) width: f32,
    pub(super) align: Align,
    /// Whether it is grey: a day off.
    pub(super) shaded: bool,
}

impl Column {
    pub(super) fn new(head: &str, width: f32, align: Align) -> Self {
        Self { head: head.to_owned(), width, align, shaded: false }
    }
}

/// A row.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// Whether it is grey: a day off.
    pub(super) shaded: bool,
}

/// Where a table stands and how it is set; lengths in millimetres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) left: f32,
    /// Where it begins on pages after the first.
    pub(super) top: f32,
    /// Where it ends at the latest.
    pub(super) bottom: f32,
    pub(super) head: Style,
    pub(super) style: Style,
    /// Least height of a row.
    pub(super) row: f32,
}

/// Space between a cell's text and its lines.
const INSET: f32 = 1.4 * MM;

/// Draws a table from `y` points on; says where it ends.
pub(super) fn draw(sheets: &mut Sheets<'_>, look: Look, y: f32, columns: &[Column], rows: &[Row]) -> f32 {
    let heads = heads(columns);
    let headless = heads.cells.iter().all(String::is_empty);
    let middle: Vec<Column> = columns.iter().map(|column| Column { align: Align::Middle, ..column.clone() }).collect();
    let head = |sheets: &mut Sheets<'_>, y: f32| {
        if headless { y } else { draw_row(sheets, as_tall_as_text(look), look.head, y, &middle, &heads) }
    };
    let mut y = head(sheets, y);
    for row in rows {
        if y + height(sheets, look, look.style, columns, row) > look.bottom * MM + 0.1 {
            sheets.turn();
            y = head(sheets, look.top * MM);
        }
        y = draw_row(sheets, look, look.style, y, columns, row);
    }
    y
}

/// Heads are no taller than they have to be, however tall rows are.
const fn as_tall_as_text(look: Look) -> Look {
    Look { row: 8.0, ..look }
}

fn heads(columns: &[Column]) -> Row {
    Row { cells: columns.iter().map(|column| column.head.clone()).collect(), shaded: true }
}

/// The least height of rows, in millimetres and at most `tallest`, with which the table fills what is left of a page; what it was
/// where the table does not fit on the page anyway.
pub(super) fn filling(
    sheets: &Sheets<'_>,
    look: Look,
    y: f32,
    (columns, rows): (&[Column], &[Row]),
    tallest: f32,
) -> f32 {
    const STEP: f32 = 0.5;
    let room = look.bottom * MM - y - height(sheets, as_tall_as_text(look), look.head, columns, &heads(columns));
    let heights: Vec<f32> = rows.iter().map(|row| height(sheets, look, look.style, columns, row)).collect();
    let fits = |row: f32| heights.iter().map(|height| height.max(row * MM)).sum::<f32>() <= room;
    let mut row = look.row;
    while row + STEP <= tallest && fits(row + STEP) {
        row += STEP;
    }
    row
}

/// The lines of a cell. What would not fit on a page of its own is cut, and one sees that.
fn lines(sheets: &Sheets<'_>, look: Look, style: Style, column: &Column, cell: &str) -> Vec<String> {
    let room = column.width * MM - 2.0 * INSET;
    let mut lines = sheets.wrap_title(cell, style, room);
    let mut most = 1;
    while pitch(style) * (most + 4) as f32 <= (look.bottom - look.top) * MM - 2.0 * look.row * MM {
        most += 1;
    }
    if lines.len() > most {
        lines.truncate(most);
        lines.push("……".to_owned());
    }
    lines
}

fn pitch(style: Style) -> f32 {
    style.size * 1.35
}

fn height(sheets: &Sheets<'_>, look: Look, style: Style, columns: &[Column], row: &Row) -> f32 {
    let cells = columns.iter().zip(&row.cells);
    let most = cells.map(|(column, cell)| lines(sheets, look, style, column, cell).len()).max().unwrap_or(1);
    (most as f32 * pitch(style) + 2.0 * INSET).max(look.row * MM)
}

fn draw_row(sheets: &mut Sheets<'_>, look: Look, style: Style, y: f32, columns: &[Column], row: &Row) -> f32 {
    const THIN: f32 = 0.5;
    let tall = height(sheets, look, style, columns, row);
    let wide = columns.iter().map(|column| column.width).sum::<f32>() * MM;
    let mut x = look.left * MM;
    let right = x + wide;
    if row.shaded {
        sheets.shade((x, y), (wide, tall));
    }
    let mut column_x = x;
    for column in columns {
        if column.shaded && !row.shaded {
            sheets.shade((column_x, y), (column.width * MM, tall));
        }
        column_x += column.width * MM;
    }
    sheets.line((x, y), (right, y), THIN);
    sheets.line((x, y + tall), (right, y + tall), THIN);
    sheets.line((x, y), (x, y + tall), THIN);
    for (column, cell) in columns.iter().zip(&row.cells) {
        let lines = lines(sheets, look, style, column, cell);
        // The baseline of 宋体 lies 0.12 of the size above the square that its characters fill.
        let mut baseline = y + (tall - lines.len() as f32 * pitch(style)) / 2.0 + (pitch(style) + style.size) / 2.0
            - 0.12 * style.size;
        for line in lines {
            match column.align {
                Align::Left => sheets.text((x + INSET, baseline), &line, style, 0.0),
                Align::Middle => sheets.text_around((x + column.width * MM / 2.0, baseline), &line, style),
            }
            baseline += pitch(style);
        }
        x += column.width * MM;
        sheets.line((x, y), (x, y + tall), THIN);
    }
    y + tall
}
