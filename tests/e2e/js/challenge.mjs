// Asks an address with an access token, by oauth4webapi, and writes what the answer wants (RFC 9470):
// node challenge.mjs URL TOKEN IDEMPOTENCY_KEY BODY
import * as oauth from 'oauth4webapi'

const [url, token, key, body] = process.argv.slice(2)
const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': key })
const insecure = { [oauth.allowInsecureRequests]: true } // the platform is on this machine

try {
  const answer = await oauth.protectedResourceRequest(
    token, 'POST', new URL(url), headers, body, insecure,
  )
  console.log(JSON.stringify({ status: answer.status }))
} catch (challenged) {
  if (!(challenged instanceof oauth.WWWAuthenticateChallengeError)) throw challenged
  console.log(JSON.stringify({ status: challenged.status, challenges: challenged.cause }))
}
