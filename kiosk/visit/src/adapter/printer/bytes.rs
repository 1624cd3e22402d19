//! A slip as a printer takes it.

use std::cell::RefCell;

use encoding_rs::GB18030;
use escpos::{
    driver::Driver,
    errors::{PrinterError, Result},
    printer::Printer,
    utils::{Encoder, JustifyMode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption},
};

use crate::devices::slip::Slip;

/// Hanzi are two bytes or four (FS &).
const HANZI: [u8; 2] = [0x1c, b'&'];
/// Dots a module of a QR code has: 3 cm for an address, at 203 dots an inch.
const MODULE: u8 = 6;
/// Lines between the last word and the knife.
const TAIL: u8 = 4;

/// Keeps what it is told to write.
#[derive(Default)]
struct Kept(RefCell<Vec<u8>>);

impl Driver for Kept {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> Result<()> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The bytes of a slip, in GB 18030.
///
/// # Errors
/// If its QR code would be longer than one can be.
pub(super) fn of(hall: &str, slip: &Slip) -> std::result::Result<Vec<u8>, PrinterError> {
    let protocol = Protocol::new(Encoder::new(GB18030));
    let mut printer = Printer::new(Kept::default(), protocol, None);
    printer.init()?.custom(&HANZI)?.justify(JustifyMode::CENTER)?;
    printer.writeln(hall)?.size(2, 2)?.writeln(&slip.title)?.size(1, 1)?.feed()?;
    printer.justify(JustifyMode::LEFT)?;
    for (name, value) in &slip.rows {
        printer.writeln(name)?.bold(true)?.writeln(value)?.bold(false)?;
    }
    if !slip.code.is_empty() {
        let code = QRCodeOption::new(QRCodeModel::Model2, MODULE, QRCodeCorrectionLevel::M);
        printer.justify(JustifyMode::CENTER)?.qrcode_option(&slip.code, code)?;
        printer.justify(JustifyMode::LEFT)?;
    }
    printer.feed()?.writeln(&slip.note)?.feeds(TAIL)?.partial_cut()?.print()?;
    Ok(printer.driver().0.into_inner())
}
