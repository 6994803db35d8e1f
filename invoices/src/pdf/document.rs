//! Puts the pages together: header, customer and key on the first, the items on as many as they need, the total on the last.

use std::ops::Range;

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Item;
use jiff::{Timestamp, Zoned};
use pdf_writer::{Date, Finish, Name, Pdf, Rect, Ref, TextStr};

use super::code128;
use super::layout::{Room, pages};
use super::logo;
use super::sheet::{BOLD, REGULAR, Sheet, Style};
use super::winansi::{encode, lines, width};
use super::words::{self, Words};
use crate::domain::access_key::{brasilia, grouped};
use crate::domain::invoice::{Invoice, Issuer};
use crate::domain::purchase::amount;
use crate::domain::{NO_FISCAL_VALUE, money};

/// A4.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
/// The left and right margins.
const LEFT: f32 = 40.0;
const RIGHT: f32 = 555.0;
/// The right edges of the columns with numbers.
const QUANTITY: f32 = 385.0;
const UNIT_PRICE: f32 = 465.0;
/// Where the product's name begins, and how wide it may be.
const PRODUCT: f32 = 64.0;
const PRODUCT_WIDTH: f32 = 265.0;
/// Where the second column of the first page begins.
const SECOND: f32 = 315.0;
/// The head of the table on the pages after the first.
const TABLE: f32 = 712.0;
/// Nothing but the footer is below.
const BOTTOM: f32 = 70.0;
/// The height of the table's head, and of the totals.
const HEAD: f32 = 18.0;
const TOTALS: f32 = 40.0;
/// The size of the table's text, the distance of its lines, and the space between its rows.
const SIZE: f32 = 9.0;
const LINE: f32 = 11.0;
const GAP: f32 = 5.0;
/// A module of the barcode, and its height.
const MODULE: f32 = 0.85;
const BARCODE: f32 = 34.0;
const MUTED: f32 = 0.4;

/// The invoice as a PDF.
#[must_use]
pub(crate) fn document(invoice: &Invoice, issuer: &Issuer) -> Vec<u8> {
    let sheet = Drawing { invoice, issuer, words: words::of(invoice.customer.language) };
    let streams = sheet.streams();
    let mut next = Ref::new(1);
    let (catalog, tree, info, regular, bold) = (next.bump(), next.bump(), next.bump(), next.bump(), next.bump());
    let refs: Vec<(Ref, Ref)> = streams.iter().map(|_| (next.bump(), next.bump())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr(sheet.words.tag));
    let count = i32::try_from(refs.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(refs.iter().map(|(page, _)| *page)).count(count);
    for ((page, content), stream) in refs.into_iter().zip(&streams) {
        let mut page = pdf.page(page);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content);
        page.resources().fonts().pair(Name(REGULAR), regular).pair(Name(BOLD), bold);
        page.finish();
        pdf.stream(content, stream).finish();
    }
    for (font, name) in [(regular, &b"Helvetica"[..]), (bold, &b"Helvetica-Bold"[..])] {
        pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let title = format!("{} {}", sheet.words.title, invoice.formatted_number());
    let mut about = pdf.document_info(info);
    about.title(TextStr(&title)).subject(TextStr(NO_FISCAL_VALUE)).creator(TextStr("Code Delivery"));
    about.creation_date(date(invoice.issued_at));
    about.finish();
    pdf.finish()
}

/// A time in the time zone of Brasília.
fn local(time: Millis) -> Zoned {
    Timestamp::from_millisecond(time).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(brasilia())
}

fn date(time: Millis) -> Date {
    let time = local(time);
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    Date::new(u16::try_from(time.year()).unwrap_or_default())
        .month(part(time.month()))
        .day(part(time.day()))
        .hour(part(time.hour()))
        .minute(part(time.minute()))
        .second(part(time.second()))
        .utc_offset_hour(-3)
}

/// What is drawn.
struct Drawing<'a> {
    invoice: &'a Invoice,
    issuer: &'a Issuer,
    words: Words,
}

/// A row of the table: its place among the items, the item, the lines of its product's name.
type Row<'a> = (usize, &'a Item, Vec<Vec<u8>>);

impl Drawing<'_> {
    /// The content of each page.
    fn streams(&self) -> Vec<Vec<u8>> {
        let about = self.about();
        // The first page's table begins below the customer and below the key.
        let first = (690.0 - lines_height(&about)).min(628.0);
        let rows: Vec<Row<'_>> = self
            .invoice
            .items
            .iter()
            .zip(1..)
            .map(|(item, place)| (place, item, lines(&item.product, SIZE, PRODUCT_WIDTH)))
            .collect();
        let heights: Vec<f32> = rows.iter().map(|(_, _, lines)| lines_height(lines) + GAP).collect();
        let room = Room { first: first - HEAD - BOTTOM, other: TABLE - HEAD - BOTTOM, totals: TOTALS };
        let pages = pages(&heights, room);
        let count = pages.len();
        let draw = |(number, range): (usize, &Range<usize>)| {
            let mut sheet = Sheet::new();
            self.header(&mut sheet, number, count);
            if number == 1 {
                self.parties(&mut sheet, &about);
            }
            let rows = rows.get(range.clone()).unwrap_or_default();
            let below = self.table(&mut sheet, rows, if number == 1 { first } else { TABLE });
            if number == count {
                self.total(&mut sheet, below);
            }
            sheet.text(Style::regular(7.0).gray(MUTED), LEFT, 46.0, self.words.note);
            sheet.finish()
        };
        (1..).zip(&pages).map(draw).collect()
    }

    /// Name and address of the customer, as lines.
    fn about(&self) -> Vec<Vec<u8>> {
        let customer = &self.invoice.customer;
        if customer.is_forgotten() {
            return lines(self.words.erased, SIZE, 255.0);
        }
        [&customer.name, &customer.email].into_iter().flat_map(|text| lines(text, SIZE, 255.0)).collect()
    }

    /// What every page begins with, and the words across it.
    fn header(&self, sheet: &mut Sheet, number: usize, count: usize) {
        let (words, company) = (&self.words, &self.issuer.company);
        let diagonal = std::f32::consts::FRAC_1_SQRT_2;
        let matrix = [diagonal, diagonal, -diagonal, diagonal, 140.0, 170.0];
        sheet.encoded(Style::bold(58.0).gray(0.93), matrix, &encode("SEM VALOR FISCAL"));
        logo::draw(sheet, LEFT, 764.0, 40.0);
        let name = lines(&company.name, 12.0, 260.0);
        let below = sheet.lines(Style::bold(12.0), 90.0, 792.0, name.get(..1).unwrap_or_default());
        sheet.text(Style::regular(SIZE), 90.0, below, &format!("CNPJ {}", cnpj(&company.cnpj)));
        let address = lines(&company.address, SIZE, 260.0);
        sheet.lines(Style::regular(SIZE), 90.0, below - LINE, address.get(..1).unwrap_or_default());
        let title = format!("{} {} {}", words.title, words.number, self.invoice.formatted_number());
        sheet.text_to(Style::bold(12.0), RIGHT - 4.0, 792.0, &title);
        let page = format!("{} {} · {} {number}/{count}", words.series, self.invoice.series, words.page);
        sheet.text_to(Style::regular(SIZE), RIGHT, 778.0, &page);
        sheet.area([LEFT, 734.0, RIGHT - LEFT, 20.0], [1.0, 0.90, 0.88]);
        let mark = encode(NO_FISCAL_VALUE);
        let middle = (LEFT + RIGHT - width(&mark, 10.0)) / 2.0;
        sheet.text(Style::bold(10.0), middle - 6.0, 740.5, NO_FISCAL_VALUE);
    }

    /// The customer, the key and the dates.
    fn parties(&self, sheet: &mut Sheet, about: &[Vec<u8>]) {
        let (words, invoice) = (&self.words, self.invoice);
        let label = Style::bold(7.0).gray(MUTED);
        sheet.text(label, LEFT, 718.0, words.customer);
        sheet.lines(Style::regular(SIZE), LEFT, 705.0, about);
        sheet.text(label, SECOND, 718.0, words.access_key);
        if let Some((bars, _)) = code128::bars(&invoice.access_key) {
            for (at, bar) in bars {
                let (x, wide) = (f32::from(at) * MODULE, f32::from(bar) * MODULE);
                sheet.area([SECOND + x, 714.0 - BARCODE, wide, BARCODE], [0.0, 0.0, 0.0]);
            }
        }
        sheet.text(Style::regular(8.0), SECOND, 670.0, &grouped(&invoice.access_key));
        let time = local(invoice.issued_at).strftime(words.time);
        let issued = format!("{} {time} (UTC-3)", words.issued);
        sheet.text(Style::regular(8.0), SECOND, 656.0, &issued);
        sheet.text(Style::regular(8.0), SECOND, 644.0, &format!("{} {}", words.purchase, invoice.id));
    }

    /// The table's head at a height, and rows below it; returns where the next row would be.
    fn table(&self, sheet: &mut Sheet, rows: &[Row<'_>], top: f32) -> f32 {
        let (words, head) = (&self.words, Style::regular(8.0).gray(MUTED));
        sheet.text(head, LEFT, top, "#");
        sheet.text(head, PRODUCT, top, words.product);
        for (x, word) in [(QUANTITY, words.quantity), (UNIT_PRICE, words.unit_price), (RIGHT, words.amount)] {
            sheet.text_to(head, x, top, word);
        }
        sheet.rule(LEFT, top - 4.0, RIGHT);
        let (text, language) = (Style::regular(SIZE), self.invoice.customer.language);
        rows.iter().fold(top - HEAD, |y, (place, item, product)| {
            sheet.text(text, LEFT, y, &place.to_string());
            let below = sheet.lines(text, PRODUCT, y, product);
            sheet.text_to(text, QUANTITY, y, &item.quantity.to_string());
            sheet.text_to(text, UNIT_PRICE, y, &money::text(item.unit_price_cents, language));
            sheet.text_to(text, RIGHT, y, &money::text(amount(item), language));
            below - GAP
        })
    }

    /// The total below the last row.
    fn total(&self, sheet: &mut Sheet, y: f32) {
        sheet.rule(UNIT_PRICE - 80.0, y + SIZE, RIGHT);
        let total = money::text(self.invoice.total_cents, self.invoice.customer.language);
        sheet.text(Style::bold(11.0), UNIT_PRICE - 80.0, y - 8.0, self.words.total);
        sheet.text_to(Style::bold(11.0), RIGHT, y - 8.0, &total);
    }
}

/// The height of lines of the table's size.
fn lines_height(lines: &[Vec<u8>]) -> f32 {
    lines.iter().map(|_| LINE).sum()
}

/// A CNPJ as it is printed: `11.222.333/0001-81`.
fn cnpj(digits: &str) -> String {
    let mut text = String::with_capacity(18);
    for (place, digit) in digits.chars().enumerate() {
        text.push_str(match place {
            2 | 5 => ".",
            8 => "/",
            12 => "-",
            _ => "",
        });
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[path = "tests/document.rs"]
mod tests;
