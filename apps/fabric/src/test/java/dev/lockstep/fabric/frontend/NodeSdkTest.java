package dev.lockstep.fabric.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.fabric.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fabric's Node SDK 2.2, pinned and from the public registry, straight to a frontend. */
@Tag("slow")
class NodeSdkTest {
  private static final String CHANNEL = "raftany10";
  private static final Path SOURCES = Path.of("src/test/node");
  private static final Path WORK = Path.of("target/node-sdk");

  @TempDir Path folder;

  private static int run(List<String> words, Path output) throws Exception {
    try {
      Process process =
          new ProcessBuilder(words)
              .directory(WORK.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return -1;
      }
      return process.exitValue();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void theNodeSdkBroadcastsAndReads() throws Exception {
    Files.createDirectories(WORK);
    for (String file : List.of("package.json", "client.js")) {
      Files.copy(SOURCES.resolve(file), WORK.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Path log = WORK.resolve("npm.log");
    int installed =
        run(List.of("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"), log);
    assumeTrue(installed == 0, "npm cannot install fabric-network here; see " + log);
    try (TestNetwork network = new TestNetwork(folder, CHANNEL)) {
      Frontend frontend = network.frontend("frontend", false);
      Path user =
          Samples.path("crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/msp")
              .toAbsolutePath();
      Path answer = WORK.resolve("client.log");
      int code =
          run(
              List.of(
                  "node",
                  "client.js",
                  String.valueOf(frontend.port()),
                  CHANNEL,
                  TestNetwork.tls("ca.crt").toAbsolutePath().toString(),
                  user.resolve("signcerts/User1@org1.example.com-cert.pem").toString(),
                  user.resolve("keystore/priv_sk").toString(),
                  "25"),
              answer);
      assertThat(code).as(Files.readString(answer)).isZero();
      assertThat(Files.readString(answer)).contains("ordered and delivered 25");
    }
  }
}
