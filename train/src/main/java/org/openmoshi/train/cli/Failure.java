package org.openmoshi.train.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;

/**
 * What a failed command tells its user.
 *
 * <p>Worded for users, and so printed as they are: {@link IllegalArgumentException}, {@link IOException}, and every
 * exception class of this project; those of java.nio.file, whose message is often a bare path, get words. Anything else is a defect of the program and says so.
 */
final class Failure {
    /** The whole message of an exception from a stream or channel, which does not know its file. */
    private static final String NO_SPACE = "No space left on device";

    private Failure() {}

    /** One message, usually one line, without a stack trace. */
    static String message(Throwable thrown) {
        return switch (thrown) {
            case UncheckedIOException unchecked -> message(Objects.requireNonNull(unchecked.getCause()));
            case NoSuchFileException e when e.getReason() == null -> "no such file or folder: " + e.getFile();
            case AccessDeniedException e when e.getReason() == null -> "no permission for " + e.getFile();
            case FileAlreadyExistsException e when e.getReason() == null -> "already exists: " + e.getFile();
            case NotDirectoryException e -> "not a folder: " + e.getFile();
            case DirectoryNotEmptyException e -> "folder is not empty: " + e.getFile();
            case IOException e
            when NO_SPACE.equals(e.getMessage()) ->
                "no space left on the disk: make room and try again; what was saved before is as it was";
            case FileNotFoundException e -> "cannot open " + e.getMessage();
            case OutOfMemoryError e ->
                "out of memory (" + e.getMessage() + "): use a smaller batch or configuration, or give the Java heap"
                        + " more than its present " + (Runtime.getRuntime().maxMemory() >> 20)
                        + " MB with OPENMOSHI_HEAP";
            default -> {
                String message = thrown.getMessage();
                yield message != null && isWordedForUsers(thrown)
                        ? message
                        : "internal error: " + thrown + " (--debug shows where)";
            }
        };
    }

    private static boolean isWordedForUsers(Throwable thrown) {
        return thrown instanceof IllegalArgumentException
                || thrown instanceof IOException
                || thrown.getClass().getPackageName().startsWith("org.openmoshi.");
    }
}
