package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class AdminHttpTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private AdminHttp server;

  @BeforeEach
  void start() throws IOException {
    server =
        new AdminHttp(
            Thread::new,
            failures::add,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Set.of("A.example"),
            path -> path.equals("/a") ? new AdminHttp.Answer(200, "text/plain", "ä\n") : null);
  }

  @AfterEach
  void end() {
    server.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    return client.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private String say(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void answersPagesThatThereAre() throws Exception {
    assertThat(get("/a?b=c").body()).isEqualTo("ä\n");
    assertThat(get("/b").statusCode()).isEqualTo(404);
    assertThat(server.count(AdminHttp.Event.ANSWERED)).isEqualTo(1);
  }

  /** A page of the web whose own name leads here reads nothing. */
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:7002, 200",
    "[::1]:7002, 200",
    "LocalHost, 200",
    "a.example:7002, 200",
    "evil.example:7002, 403",
    "127.0.0.1.evil.example, 403"
  })
  void answersWhomItKnowsItselfAs(String host, int code) throws Exception {
    String answer = say("GET /a HTTP/1.1\r\nAccept: */*\r\nhost: " + host + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + code + " ");
  }

  @Test
  void saysSoWhenItDoesNotUnderstand() throws Exception {
    assertThat(say("\u0016\u0003\u0001 nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(say("POST /a HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405");
    assertThat(say("x".repeat(9000))).startsWith("HTTP/1.1 431");
    assertThat(server.count(AdminHttp.Event.BAD_REQUEST)).isEqualTo(3);
  }

  @Test
  void answersThoughOthersSayNothingOrHalfARequest() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = connect();
        open.add(socket);
        if (i % 2 == 0) {
          socket.getOutputStream().write("GET /a HT".getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      assertThat(get("/a").statusCode()).isEqualTo(200);
      assertThat(server.count(AdminHttp.Event.EVICTED)).isPositive();
      // What is left is closed in time: the first read sees the end.
      assertThat(open.get(199).getInputStream().read()).isEqualTo(-1);
      assertThat(server.count(AdminHttp.Event.TIMED_OUT)).isPositive();
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }
}
