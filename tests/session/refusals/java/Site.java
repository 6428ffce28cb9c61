import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;

/** Where the daemon is, and the key for it. */
final class Site {
	final String host;
	final int port;
	final String key;

	Site(String host, int port, String key) {
		this.host = host;
		this.port = port;
		this.key = key;
	}

	Session open(String user) throws JSchException {
		JSch jsch = new JSch();
		Session session = jsch.getSession(user, host, port);

		jsch.addIdentity(key);
		session.setConfig("StrictHostKeyChecking", "no");
		session.connect();
		return session;
	}
}
