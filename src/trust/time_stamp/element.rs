//! DER values with their exact octets, since signatures and hashes are over these.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// One DER value: its tag, what it holds, and its octets as they came. Nothing is decoded deeper than asked for.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    pub(super) value: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    pub(super) fn read(whole: &'a [u8]) -> der::Result<Self> {
        let any = AnyRef::from_der(whole)?;
        Ok(Self { tag: any.tag(), value: any.value(), whole })
    }

    pub(super) fn fields(self, tag: Tag) -> der::Result<Fields<'a>> {
        self.tag.assert_eq(tag)?;
        SliceReader::new(self.value).map(Fields)
    }

    pub(super) fn decode<T: Decode<'a, Error = der::Error>>(self) -> der::Result<T> {
        T::from_der(self.whole)
    }

    /// Compares octets, as identifiers with very large numbers cannot be decoded.
    pub(super) fn is(self, identifier: &ObjectIdentifier) -> bool {
        self.tag == Tag::ObjectIdentifier && self.value == identifier.as_bytes()
    }
}

/// The values inside a SEQUENCE, a SET or a marked field, in order.
pub(super) struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    pub(super) fn required(&mut self) -> der::Result<Element<'a>> {
        Element::read(self.0.tlv_bytes()?)
    }

    pub(super) fn tagged(&mut self, tag: Tag) -> der::Result<Element<'a>> {
        let element = self.required()?;
        element.tag.assert_eq(tag)?;
        Ok(element)
    }

    pub(super) fn optional(&mut self, tag: Tag) -> der::Result<Option<Element<'a>>> {
        if self.0.is_finished() || Tag::peek(&self.0)? != tag { Ok(None) } else { self.required().map(Some) }
    }

    /// The only value of a field.
    pub(super) fn only(mut self) -> der::Result<Element<'a>> {
        let element = self.required()?;
        self.end()?;
        Ok(element)
    }

    pub(super) fn end(self) -> der::Result<()> {
        self.0.finish()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = der::Result<Element<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_finished() { None } else { Some(self.required()) }
    }
}

pub(super) const fn marked(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: true, number }
}

pub(super) const fn marked_plain(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: false, number }
}

/// An object identifier in dotted form. Its own reader, as policies may hold numbers of up to 128 bits.
pub(super) fn dotted(octets: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut number = 0u128;
    let mut complete = false;
    for octet in octets {
        number = number.checked_mul(128)? + u128::from(octet & 0x7f);
        complete = octet & 0x80 == 0;
        if complete {
            // The first number holds two: 40 times the first, which is at most 2, plus the second.
            if text.is_empty() {
                let first = (number / 40).min(2);
                text.push_str(&format!("{first}.{}", number - first * 40));
            } else {
                text.push_str(&format!(".{number}"));
            }
            number = 0;
        }
    }
    complete.then_some(text)
}
