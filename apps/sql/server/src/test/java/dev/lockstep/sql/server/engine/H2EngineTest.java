package dev.lockstep.sql.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.server.engine.Engine.FailureKind;
import java.io.IOException;
import java.sql.SQLException;
import org.h2.api.ErrorCode;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.junit.jupiter.api.Test;

class H2EngineTest extends EngineContract {
  @Override
  Engine open() {
    return H2Engine.inMemory("engine-test");
  }

  private static FailureKind kind(int code, Throwable cause) {
    try (Engine engine = H2Engine.inMemory("kinds")) {
      return engine.kindOf(new SQLException("", "HY000", code, cause));
    }
  }

  @Test
  void aStatementThatItStumblesOverIsNoEndOfTheDatabase() {
    assertThat(kind(ErrorCode.GENERAL_ERROR_1, new StackOverflowError()))
        .isEqualTo(FailureKind.STATEMENT);
    assertThat(kind(ErrorCode.GENERAL_ERROR_1, new NullPointerException()))
        .isEqualTo(FailureKind.STATEMENT);
    assertThat(
            kind(
                ErrorCode.GENERAL_ERROR_1,
                new MVStoreException(DataUtils.ERROR_WRITING_FAILED, "no space left")))
        .isEqualTo(FailureKind.FATAL);
    assertThat(kind(ErrorCode.IO_EXCEPTION_1, new IOException())).isEqualTo(FailureKind.FATAL);
  }
}
