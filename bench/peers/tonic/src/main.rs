//! tonic_bench_server --port=N: the service of cpp_lite_bench_server on tonic, on one thread (tokio's current_thread).
use std::pin::Pin;

use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

mod payments {
    tonic::include_proto!("payments.v1");
}
use payments::payment_service_server::{PaymentService, PaymentServiceServer};
use payments::*;

const PROCESSED_AT: i64 = 1_767_225_600;

struct Payments;

fn refusal(request: &ChargeRequest) -> Option<&'static str> {
    if request.amount_cents <= 0 {
        return Some("amount_cents must be positive");
    }
    if request.idempotency_key.is_empty() {
        return Some("idempotency_key must not be empty");
    }
    None
}

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl PaymentService for Payments {
    async fn charge_card(&self, request: Request<ChargeRequest>) -> Result<Response<ChargeResponse>, Status> {
        let request = request.into_inner();
        if let Some(why) = refusal(&request) {
            return Err(Status::invalid_argument(why));
        }
        Ok(Response::new(ChargeResponse {
            transaction_id: format!("txn_{}", request.idempotency_key),
            status: ChargeStatus::Success as i32,
            processor_reference: "ref_0123456789".into(),
            processed_at_unix: PROCESSED_AT,
        }))
    }

    type StreamTransactionsStream = Messages<Transaction>;
    async fn stream_transactions(
        &self,
        request: Request<TransactionStreamRequest>,
    ) -> Result<Response<Self::StreamTransactionsStream>, Status> {
        let request = request.into_inner();
        let id = match request.customer_id.strip_prefix("pad:") {
            None => "txn_0123456789".to_string(),
            Some(size) => match size.parse::<usize>() {
                Ok(size) if size <= 16 << 20 => "x".repeat(size),
                _ => return Err(Status::invalid_argument("pad: wants a number up to 16 MiB")),
            },
        };
        let message = Transaction {
            id,
            customer_id: request.customer_id,
            amount_cents: 1999,
            currency: "EUR".into(),
            created_at_unix: PROCESSED_AT,
        };
        let messages = tokio_stream::iter((0..request.since_unix).map(move |_| Ok(message.clone())));
        Ok(Response::new(Box::pin(messages)))
    }

    async fn batch_charge(
        &self,
        request: Request<Streaming<ChargeRequest>>,
    ) -> Result<Response<BatchChargeResponse>, Status> {
        let mut requests = request.into_inner();
        let mut response = BatchChargeResponse::default();
        while let Some(request) = requests.message().await? {
            response.total += 1;
            if refusal(&request).is_none() {
                response.succeeded += 1;
            } else {
                response.failed += 1;
                response.failed_idempotency_keys.push(request.idempotency_key);
            }
        }
        Ok(Response::new(response))
    }

    type PaymentChatStream = Messages<PaymentMessage>;
    async fn payment_chat(
        &self,
        request: Request<Streaming<PaymentMessage>>,
    ) -> Result<Response<Self::PaymentChatStream>, Status> {
        Ok(Response::new(Box::pin(request.into_inner().map(|message| message))))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args()
        .find_map(|argument| argument.strip_prefix("--port=").map(str::to_string))
        .map_or(Ok(0), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on 127.0.0.1:{}", listener.local_addr()?.port());
    let mut ended = signal(SignalKind::terminate())?;
    let connections = TcpListenerStream::new(listener).map(|accepted| {
        if let Ok(connection) = &accepted {
            connection.set_nodelay(true)?;
        }
        accepted
    });
    tonic::transport::Server::builder()
        .add_service(PaymentServiceServer::new(Payments))
        .serve_with_incoming_shutdown(connections, async move {
            ended.recv().await;
        })
        .await?;
    Ok(())
}
