//! The id of a Kafka topic (KIP-516): it changes when the topic is deleted and created again under the same name.

use std::ffi::{CStr, CString};
use std::ptr;
use std::time::Duration;

use rdkafka::bindings as ffi;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Asks for the id of a topic, and blocks until Kafka answers or `limit` has passed. The id is in base64.
///
/// # Errors
/// When no broker answers in time, there is no such topic, or it may not be described.
pub fn topic_id<C: ClientContext>(client: &Client<C>, topic: &str, limit: Duration) -> Result<String, KafkaError> {
    let name = CString::new(topic)?;
    let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    let mut names = [name.as_ptr()];
    let native = client.native_ptr();
    // SAFETY: `native` is the client's handle and lives as long as `client`, which is borrowed; `names` holds one C string,
    // which the collection copies. Each object is checked or never null by librdkafka's documentation, and each is destroyed
    // once, after its last use. The event owns the result, which owns the descriptions; what is kept of them is copied before
    // the event is destroyed.
    unsafe {
        let topics = ffi::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        let options =
            ffi::rd_kafka_AdminOptions_new(native, ffi::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        ffi::rd_kafka_AdminOptions_set_request_timeout(options, limit, ptr::null_mut(), 0);
        let queue = ffi::rd_kafka_queue_new(native);
        ffi::rd_kafka_DescribeTopics(native, topics, options, queue);
        // The answer, or the event that there was none in time, comes a little after the limit at the latest.
        let event = ffi::rd_kafka_queue_poll(queue, limit.saturating_add(1_000));
        let id = if event.is_null() {
            Err(KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut))
        } else {
            let id = of_event(event);
            ffi::rd_kafka_event_destroy(event);
            id
        };
        ffi::rd_kafka_queue_destroy(queue);
        ffi::rd_kafka_AdminOptions_destroy(options);
        ffi::rd_kafka_TopicCollection_destroy(topics);
        id
    }
}

/// The id in an answer.
///
/// # Safety
/// The event comes from librdkafka and has not been destroyed.
unsafe fn of_event(event: *mut ffi::rd_kafka_event_t) -> Result<String, KafkaError> {
    let failed = |code: ffi::rd_kafka_resp_err_t| Err(KafkaError::AdminOp(code.into()));
    let no_error = ffi::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    // SAFETY: the event is alive, and so is what it owns; every pointer is checked before it is followed.
    unsafe {
        let code = ffi::rd_kafka_event_error(event);
        if code != no_error {
            return failed(code);
        }
        let result = ffi::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err(KafkaError::AdminOp(RDKafkaErrorCode::Fail));
        }
        let mut count = 0;
        let topics = ffi::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if topics.is_null() || count != 1 {
            return Err(KafkaError::AdminOp(RDKafkaErrorCode::Fail));
        }
        let topic = *topics;
        let code = ffi::rd_kafka_error_code(ffi::rd_kafka_TopicDescription_error(topic));
        if code != no_error {
            return failed(code);
        }
        let text = ffi::rd_kafka_Uuid_base64str(ffi::rd_kafka_TopicDescription_topic_id(topic));
        if text.is_null() {
            return Err(KafkaError::AdminOp(RDKafkaErrorCode::Fail));
        }
        Ok(CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}

#[cfg(test)]
#[path = "tests/topic.rs"]
mod tests;
