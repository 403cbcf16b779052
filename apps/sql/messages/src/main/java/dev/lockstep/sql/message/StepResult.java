package dev.lockstep.sql.message;

import java.util.List;
import java.util.Objects;

/** What a step came to. */
public sealed interface StepResult {
  /** It was done. */
  record Done(SqlResult result, Ordering ordering) implements StepResult {
    public Done {
      Objects.requireNonNull(result, "result");
      Objects.requireNonNull(ordering, "ordering");
    }
  }

  /** It was not done. */
  record Failed(SqlFailure failure) implements StepResult {
    public Failed {
      Objects.requireNonNull(failure, "failure");
    }

    public Failed(String sqlState, String message) {
      this(new SqlFailure(sqlState, 0, message));
    }
  }

  /**
   * It was not tried, because values must be reserved for it first.
   *
   * @param sources for each value the sequence or identity column that it is drawn from, in the
   *     order in which the statement draws them
   */
  record NeedsIds(List<String> sources) implements StepResult {
    public NeedsIds {
      sources = List.copyOf(sources);
    }
  }

  /**
   * What came of a {@link SqlStep.Batch}.
   *
   * @param results of its statements; the last one is the first that failed, if one did
   */
  record Batch(List<StepResult> results) implements StepResult {
    public Batch {
      results = List.copyOf(results);
    }
  }

  /** Why the transaction has failed with this step, or null. */
  default SqlFailure failureOrNull() {
    if (this instanceof Failed failed) {
      return failed.failure();
    }
    return this instanceof Batch batch && !batch.results().isEmpty()
        ? batch.results().get(batch.results().size() - 1).failureOrNull()
        : null;
  }

  /** The answer to {@link SqlStep.Describe}. */
  record Described(SqlDescription description) implements StepResult {
    public Described {
      Objects.requireNonNull(description, "description");
    }
  }
}
