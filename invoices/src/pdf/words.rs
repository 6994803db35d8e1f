//! The words of the PDF, in Portuguese and English.

use delivery_messages::sales::purchase::Language;

/// The words of one language.
pub(super) struct Words {
    pub title: &'static str,
    pub number: &'static str,
    pub series: &'static str,
    pub page: &'static str,
    pub customer: &'static str,
    /// In the place of name and address that were taken out.
    pub erased: &'static str,
    pub access_key: &'static str,
    pub issued: &'static str,
    pub purchase: &'static str,
    pub product: &'static str,
    pub quantity: &'static str,
    pub unit_price: &'static str,
    pub amount: &'static str,
    pub total: &'static str,
    pub note: &'static str,
    /// How a time is written, in the syntax of `strftime`.
    pub time: &'static str,
    /// The language by RFC 5646.
    pub tag: &'static str,
}

/// The words of a language.
pub(super) const fn of(language: Language) -> Words {
    match language {
        Language::Portuguese => Words {
            title: "NOTA FISCAL",
            number: "Nº",
            series: "Série",
            page: "Página",
            customer: "CLIENTE",
            erased: "Dados apagados a pedido do titular",
            access_key: "CHAVE DE ACESSO",
            issued: "Emitida em",
            purchase: "Compra",
            product: "Produto",
            quantity: "Quantidade",
            unit_price: "Preço unitário",
            amount: "Valor",
            total: "Total",
            note: "Documento de demonstração: não foi transmitido à SEFAZ e não tem valor fiscal.",
            time: "%d/%m/%Y %H:%M:%S",
            tag: "pt-BR",
        },
        Language::English => Words {
            title: "INVOICE",
            number: "No.",
            series: "Series",
            page: "Page",
            customer: "CUSTOMER",
            erased: "Erased at the customer's request",
            access_key: "ACCESS KEY",
            issued: "Issued on",
            purchase: "Purchase",
            product: "Product",
            quantity: "Quantity",
            unit_price: "Unit price",
            amount: "Amount",
            total: "Total",
            note: "A demonstration's document: it was not sent to the tax authority and has no fiscal value.",
            time: "%Y-%m-%d %H:%M:%S",
            tag: "en",
        },
    }
}
